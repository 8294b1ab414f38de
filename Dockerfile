FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No production dependency needs an install script, and the image has its own Node (package.json's optional one: 189 MB).
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY check-node.cjs tsconfig.json ./
COPY src src
# Production serves what was built, and needs the sources of the pages and of the SDK no more.
RUN npm run build:web && rm -r src/web src/client

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
# Node runs the TypeScript sources as they are. .dockerignore says which of them are here.
COPY package.json check-node.cjs ./
COPY migrations migrations
COPY --from=pages /app/src src
COPY --from=pages /app/dist/web dist/web
USER node
EXPOSE 3002
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3002) + '/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server.ts"]
