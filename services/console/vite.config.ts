import { defaultClientConditions, defineConfig } from 'vite';

// The workspace's packages are bundled from their sources. No script, style or address of the page is inline: the API
// service serves it under a policy that allows none (services/api/src/console/site-files.ts).
export default defineConfig({
  base: '/console/',
  resolve: { conditions: ['everstep-source', ...defaultClientConditions] },
  worker: { format: 'es' },
  build: {
    outDir: 'dist/site',
    target: 'es2023',
    emptyOutDir: true,
    // A file as a data: address would be fetched with the style sheet that few pages need.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      checks: { bundlerTimings: false, pluginTimings: false },
      // Libraries mark what is for browsers; here everything is.
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
  // `vite` alone serves the sources, with the API of a server that runs beside it.
  server: { proxy: { '^/console/(api|session|events|oidc)': 'http://127.0.0.1:8083' } },
});
