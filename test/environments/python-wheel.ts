/** A wheel with dependencies and a command. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'

export async function wheelWithCommand(
  folder: string,
  name: string,
  version: string,
  module: string,
  extra: { readonly requires?: readonly string[]; readonly command?: string } = {},
): Promise<string> {
  const plain = name.replaceAll('-', '_')
  const info = `${plain}-${version}.dist-info`
  const requires = (extra.requires ?? []).map((line) => `Requires-Dist: ${line}\n`).join('')
  const files: Record<string, string> = {
    [`${plain}.py`]: module,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nRequires-Python: >=3.8\n${requires}`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  if (extra.command !== undefined)
    files[`${info}/entry_points.txt`] = `[console_scripts]\n${extra.command} = ${plain}:main\n`
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  const path = join(folder, `${plain}-${version}-py3-none-any.whl`)
  const bytes = zipSync(
    Object.fromEntries(Object.entries(files).map(([at, text]) => [at, Buffer.from(text)])),
  )
  await writeFile(path, bytes)
  return path
}
