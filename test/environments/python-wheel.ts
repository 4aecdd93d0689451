/** Wheels with whatever a test names. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'

export interface WheelParts {
  readonly requires?: readonly string[]
  /** Name of a command that calls `main` of the module. */
  readonly command?: string
  /** More lines of the metadata, such as `Provides-Extra: fast`. */
  readonly metadata?: readonly string[]
  /** Scripts as they are, below `.data/scripts`. */
  readonly scripts?: Readonly<Record<string, string>>
}

/** A wheel with these files; a text instead of them is its one module. */
export async function wheelWithCommand(
  folder: string,
  name: string,
  version: string,
  module: string | Readonly<Record<string, string>>,
  parts: WheelParts = {},
): Promise<string> {
  const plain = name.replaceAll('-', '_')
  const info = `${plain}-${version}.dist-info`
  const more = [...(parts.requires ?? []).map((line) => `Requires-Dist: ${line}`), ...(parts.metadata ?? [])]
  const metadata = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, ...more, '']
  const files: Record<string, string> = {
    ...(typeof module === 'string' ? { [`${plain}.py`]: module } : module),
    [`${info}/METADATA`]: metadata.join('\n'),
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  for (const [script, text] of Object.entries(parts.scripts ?? {}))
    files[`${plain}-${version}.data/scripts/${script}`] = text
  if (parts.command !== undefined)
    files[`${info}/entry_points.txt`] = `[console_scripts]\n${parts.command} = ${plain}:main\n`
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  const path = join(folder, `${plain}-${version}-py3-none-any.whl`)
  const bytes = zipSync(
    Object.fromEntries(Object.entries(files).map(([at, text]) => [at, Buffer.from(text)])),
  )
  await writeFile(path, bytes)
  return path
}
