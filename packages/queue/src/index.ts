export { createDoorbell, type DoorbellOptions, type QueueLog } from './create-doorbell.ts';
