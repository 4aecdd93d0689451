import { join } from 'node:path'
import { type EnvironmentFiles, replaceFile } from '../root/environment-files.ts'
import { NODE_MODULE } from './node-module.ts'
import { PYTHON_MODULE } from './python-module.ts'

const MANIFEST = { name: 'slipway-env', version: '1.0.0', private: true, main: 'index.cjs' }

/** Puts the import-time modules into a root, or renews them, each in one step. */
export async function placeModules(files: EnvironmentFiles, root: string): Promise<void> {
  const placed = [
    ['slipway_env.py', PYTHON_MODULE],
    [join('slipway-env', 'index.cjs'), NODE_MODULE],
    [join('slipway-env', 'package.json'), `${JSON.stringify(MANIFEST, null, 2)}\n`],
  ] as const
  await files.makeFolder(join(root, 'slipway-env'))
  for (const [name, text] of placed) {
    const path = join(root, name)
    if ((await files.read(path)) !== text) await replaceFile(files, root, path, text)
  }
}
