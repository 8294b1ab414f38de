# Both bases are pinned by digest; .github/dependabot.yml asks for newer ones every week.
FROM node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df AS node
WORKDIR /app

FROM node AS dependencies
COPY package.json package-lock.json ./
# No production dependency needs an install script, and the image has its own Node (package.json's optional one: 189 MB).
RUN npm ci --omit=dev --omit=optional --ignore-scripts
# A list of the packages inside, as CycloneDX. `docker buildx build --sbom=true` adds the packages of Debian.
RUN npm sbom --package-lock-only --omit=dev --omit=optional --sbom-format=cyclonedx --sbom-type=application > sbom.cdx.json

FROM node AS pages
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY check-node.cjs tsconfig.json ./
COPY src src
# Production serves what was built, and needs the sources of the pages and of the SDK no more.
RUN npm run build:web && rm -r src/web src/client

# Neither a shell nor a package manager, and no user but `nonroot`: about 25 MB. With Node (127 MB), the dependencies (81 MB) and
# the sources (5 MB) that is about 240 MB. node:24-bookworm-slim alone has about as many.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
COPY --from=node /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.cdx.json ./
# Node runs the TypeScript sources as they are. .dockerignore says which of them are here.
COPY package.json check-node.cjs ./
COPY migrations migrations
COPY --from=pages /app/src src
COPY --from=pages /app/dist/web dist/web
# By number, so that Kubernetes sees that it isn't root.
USER 65532:65532
EXPOSE 3002
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3002) + '/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server.ts"]
