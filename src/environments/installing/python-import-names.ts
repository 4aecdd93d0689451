import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * The names under which Python imports a distribution, by its RECORD: `numpy`, `_cffi_backend`, and below a
 * namespace, which many distributions share, with dots: `google.protobuf`.
 *
 * @param info name of the `.dist-info` folder in `lib`
 */
export async function importNames(lib: string, info: string): Promise<readonly string[]> {
  const record = await readFile(join(lib, info, 'RECORD'), 'utf8')
  const paths = record.split('\n').map((line) => /^"((?:[^"]|"")*)"|^[^,]*/.exec(line)?.[0] ?? '')
  const modules = paths.flatMap((path) => {
    const plain = path.replace(/^"|"$/g, '').replaceAll('""', '"')
    return /\.(py|so|pyd)$/.test(plain) && !plain.startsWith('..') ? [plain] : []
  })
  const packages = new Set<string>()
  for (const path of modules)
    if (/(^|\/)__init__\.[^/]+$/.test(path) && !(await isNamespace(lib, path))) packages.add(dirname(path))
  const names = modules.map((path) => nameOf(path, packages)).filter(isImportable)
  if (names.length > 0) return [...new Set(names)].sort()
  const topLevel = await readFile(join(lib, info, 'top_level.txt'), 'utf8').catch(() => '')
  return topLevel.split(/\s+/).filter(isImportable).sort()
}

const isImportable = (name: string): boolean =>
  /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(name) && !/(^|\.)__pycache__(\.|$)|^__editable__/.test(name)

/** The first package on the way to a module, or the module itself. */
function nameOf(path: string, packages: ReadonlySet<string>): string {
  const parts = path.split('/')
  const folders = parts.slice(0, -1)
  const at = folders.findIndex((_, index) => packages.has(folders.slice(0, index + 1).join('/')))
  if (at >= 0) return folders.slice(0, at + 1).join('.')
  const stem = (parts.at(-1) ?? '').replace(/\..*$/, '')
  return stem === '__init__' ? '' : [...folders, stem].join('.')
}

/** The older kinds of namespace have an `__init__.py` that says so. */
async function isNamespace(lib: string, path: string): Promise<boolean> {
  if (!path.endsWith('.py') || path.split('/').length > 3) return false
  const text = await readFile(join(lib, path), 'utf8').catch(() => '')
  return text.length < 4000 && /\bextend_path\(|\bdeclare_namespace\(/.test(text)
}
