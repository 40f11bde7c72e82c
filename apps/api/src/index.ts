export { apiReference } from './api-reference.ts';
export { buildApp } from './build-app.ts';
export { RegressionFolderError, readRegressionFolder } from './nights/regression-folder.ts';
export { openApiDocument } from './open-api.ts';
export { type ApiOptions, ApiStartError, type RunningApi, runApiProcess, startApi } from './start-api.ts';
