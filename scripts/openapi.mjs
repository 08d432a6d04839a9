#!/usr/bin/env node
/**
 * Writes docs/openapi.json, the document that the built service serves: needs `dist`, but no Redis and no service.
 *
 *   npm run openapi
 */
import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createFastifyAdapter } from '../dist/http/fastify-adapter.js';
import { HTTP_CONTROLLERS } from '../dist/http/http-parts.js';
import { documentOf } from '../dist/http/openapi.js';

const FILE = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));

/** Nothing is asked of the stories, so there need be none. */
const stories = HTTP_CONTROLLERS.flatMap(
  (controller) => Reflect.getMetadata('design:paramtypes', controller) ?? [],
);

class Routes {}
Module({
  controllers: [...HTTP_CONTROLLERS],
  providers: [...new Set(stories)].map((provide) => ({ provide, useValue: null })),
})(Routes);

const quiet = { preview: true, logger: false, abortOnError: false };
const app = await NestFactory.create(Routes, createFastifyAdapter({ logger: false }), quiet);
mkdirSync(fileURLToPath(new URL('../docs', import.meta.url)), { recursive: true });
writeFileSync(FILE, `${JSON.stringify(documentOf(app), null, 2)}\n`);
console.log(`wrote ${FILE}`);
