/** Small real packages for tests: an npm tarball, a wheel and a source distribution. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { zipSync } from 'fflate'
import { create } from 'tar'

/** Writes files (path to text) under a folder. */
export async function writeTree(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

/** A new empty folder. */
export async function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'slipway-test-'))
}

/** Writes a tarball as `npm pack` makes it; gives its path. */
export async function npmTarball(
  folder: string,
  name: string,
  version: string,
  files: Readonly<Record<string, string>> = { 'index.js': 'module.exports = 1\n' },
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const content = await emptyFolder()
  const fields = { name, version, main: 'index.js', ...manifest }
  await writeTree(join(content, 'package'), { ...files, 'package.json': JSON.stringify(fields) })
  const path = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  await create({ gzip: true, file: path, cwd: content }, ['package'])
  await rm(content, { recursive: true })
  return path
}

/** Writes a pure wheel with one module; gives its path. */
export async function wheel(
  folder: string,
  name: string,
  version: string,
  module = 'ANSWER = 1\n',
  headers: readonly string[] = [],
): Promise<string> {
  const stem = `${name.replaceAll('-', '_')}-${version}`
  const info = `${stem}.dist-info`
  const module_ = name.replaceAll('-', '_')
  const files = {
    [`${module_}.py`]: module,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${headers.map((line) => `${line}\n`).join('')}\nA description.\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: `${module_}.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  }
  const bytes = zipSync(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
  )
  const path = join(folder, `${stem}-py3-none-any.whl`)
  await writeFile(path, bytes)
  return path
}

/** Writes a source distribution; gives its path. */
export async function sourceArchive(folder: string, name: string, version: string): Promise<string> {
  const stem = `${name.replaceAll('-', '_')}-${version}`
  const content = await emptyFolder()
  await writeTree(join(content, stem), {
    'PKG-INFO': `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    'pyproject.toml': `[project]\nname = "${name}"\nversion = "${version}"\n`,
  })
  const path = join(folder, `${stem}.tar.gz`)
  await create({ gzip: true, file: path, cwd: content }, [stem])
  await rm(content, { recursive: true })
  return path
}
