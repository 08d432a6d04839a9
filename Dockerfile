# One image for every role: api, worker, all (ROLE), and the simulator (dist/simulator/main.js).
# It has Node and the service, no shell and no package manager; runs as an ordinary user (65532), writes nothing to
# its file system, and drains on SIGTERM within 10 s.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src ./src
RUN npm run build

# Of the same Debian as the last stage: what is installed here fits there.
FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# Its entry point is node, so that a command is only what node is to run.
FROM gcr.io/distroless/nodejs20-debian12:nonroot
WORKDIR /app
# In production a worker refuses a Redis that evicts or does not persist.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
# Files of root, which the user of the service can read and not change.
COPY --from=packages /app/package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER nonroot
EXPOSE 3000
# A worker that was given no port (PORT=) listens on none: it is well as long as it runs.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "if (!process.env.PORT) process.exit(0); fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["dist/main.js"]
