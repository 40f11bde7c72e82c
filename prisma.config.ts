import { defineConfig } from 'prisma/config';

// Generating the client needs no database; authoring a migration with `prisma migrate dev` needs DATABASE_URL.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost/gansweep' },
});
