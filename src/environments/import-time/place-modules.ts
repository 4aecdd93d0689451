import { dirname, join } from 'node:path'
import { type EnvironmentFiles, replaceFile } from '../root/environment-files.ts'
import { NODE_CHOICES, NODE_HOOKS, NODE_REGISTER } from './node-hooks.ts'
import { NODE_MODULE } from './node-module.ts'
import { PYTHON_FINDING } from './python-finding.ts'
import { PYTHON_MODULE } from './python-module.ts'
import { PYTHON_PATHS } from './python-paths.ts'
import { PYTHON_MAIN, PYTHON_PROGRAM, PYTHON_START } from './python-program.ts'
import { PYTHON_REQUIRING } from './python-requiring.ts'
import { PYTHON_SYNTAX } from './python-syntax.ts'
import { PYTHON_VERSIONS } from './python-versions.ts'

const MANIFEST = { name: 'slipway-env', version: '1.0.0', private: true, main: 'index.cjs' }

const PLACED: readonly (readonly [string, string])[] = [
  [join('slipway_env', '_finding.py'), PYTHON_FINDING],
  [join('slipway_env', '_paths.py'), PYTHON_PATHS],
  [join('slipway_env', '_requiring.py'), PYTHON_REQUIRING],
  [join('slipway_env', '_versions.py'), PYTHON_VERSIONS],
  [join('slipway_env', '_syntax.py'), PYTHON_SYNTAX],
  [join('slipway_env', '_start.py'), PYTHON_START],
  [join('slipway_env', '_program.py'), PYTHON_PROGRAM],
  [join('slipway_env', '__init__.py'), PYTHON_MODULE],
  [join('slipway_env', '__main__.py'), PYTHON_MAIN],
  [join('slipway-env', 'choices.cjs'), NODE_CHOICES],
  [join('slipway-env', 'hooks.mjs'), NODE_HOOKS],
  [join('slipway-env', 'register.cjs'), NODE_REGISTER],
  [join('slipway-env', 'index.cjs'), NODE_MODULE],
  [join('slipway-env', 'package.json'), `${JSON.stringify(MANIFEST, null, 2)}\n`],
]

/** Puts the import-time modules into a root, or renews them, each file in one step, what others need first. */
export async function placeModules(files: EnvironmentFiles, root: string): Promise<void> {
  for (const folder of new Set(PLACED.map(([name]) => dirname(name))))
    await files.makeFolder(join(root, folder))
  for (const [name, text] of PLACED) {
    const path = join(root, name)
    if ((await files.read(path)) !== text) await replaceFile(files, root, path, text)
  }
}
