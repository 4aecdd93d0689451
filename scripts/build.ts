/**
 * Bundles what is run: `dist/slipway.js` (command line and server), `dist/demo/` (the demonstration) and
 * `dist/action/index.js` (the Action, committed). With `--uncommitted` only what is not in the repository, for `npm ci`.
 */
import { chmod } from 'node:fs/promises'
import { bundleAction, bundleCli, bundleDemo, root } from './bundle.ts'

await bundleCli(`${root}dist`)
await bundleDemo(`${root}dist`)
await chmod(`${root}dist/slipway.js`, 0o755)
if (!process.argv.includes('--uncommitted')) await bundleAction(`${root}dist/action/index.js`)
