/**
 * Bundles what is run: `dist/slipway.js` (command line and server; packages stay outside) and
 * `dist/action/index.js` (the Action, self-contained, committed). Same sources give the same bytes.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))

async function bundle(input: string, file: string, external: RegExp | undefined): Promise<void> {
  if (!existsSync(`${root}${input}`)) return
  const build = await rolldown({
    input: `${root}${input}`,
    platform: 'node',
    ...(external ? { external } : {}),
  })
  await build.write({ file: `${root}${file}`, format: 'esm', inlineDynamicImports: true, minify: false })
  await build.close()
}

await bundle('src/main/cli.ts', 'dist/slipway.js', /^[^./]/)
await bundle('src/main/action.ts', 'dist/action/index.js', undefined)
