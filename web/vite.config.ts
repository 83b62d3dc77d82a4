import { defineConfig } from 'vite'

/** What every page needs is one file: cut in pieces it compresses worse and comes later. */
const BASE =
  /preact|src.(api|app|assert|format|main|navigation|polling|route|strings\.|ui.(avatar|faults|header|icons|lazy|notice|use-)|pages.missing)/

/**
 * The pages as static files below `dist/`, hashed ones in `dist/assets/`. Nothing is inlined: the
 * content security policy allows neither inline scripts nor inline styles. [W17]
 */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The server reads from it which pieces a page needs, and has them fetched at once.
    manifest: true,
    // The player is big by nature; its budget is held by a test.
    chunkSizeWarningLimit: 450,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', test: BASE }] } } },
  },
  server: {
    proxy: {
      '/api': 'http://localhost:8080',
      '/live': 'http://localhost:8080',
      '/media': 'http://localhost:8080',
      '/ws': { target: 'ws://localhost:8080', ws: true },
    },
  },
})
