import { bundleCli, root } from '../scripts/bundle.ts'
import { type ServerChild, startServer } from './children.ts'

const folder = `${root}node_modules/.cache/slipway-bench`

/** Bundles the command line as `npm run build` does, beside and not over the one that is there. */
export async function buildSlipway(): Promise<void> {
  await bundleCli(folder)
}

/** `slipway serve` over a data folder, as people run it. */
export function startSlipway(
  data: string,
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<ServerChild> {
  const serve = [`${folder}/slipway.js`, 'serve', '--port', '0', '--data', data] as const
  return startServer([process.execPath, ...nodeFlags, ...serve], { env, cwd: data })
}
