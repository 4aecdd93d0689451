import { readdir, readFile, readlink } from 'node:fs/promises'

/** Who runs from some folders, as people recognise it: `process 4711 (python3)`. Nobody, where that cannot be seen. */
export type FolderUsers = (folders: readonly string[]) => Promise<readonly string[]>

/**
 * The processes of this machine, as Linux tells of them: what they have mapped (compiled modules, the program),
 * what they were started with, and what `env run` gave them.
 */
export const runningFrom: FolderUsers = async (folders) => {
  const found: string[] = []
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const seen = await Promise.all([
      ...['maps', 'environ', 'cmdline'].map((file) =>
        readFile(`/proc/${name}/${file}`, 'utf8').catch(() => ''),
      ),
      readlink(`/proc/${name}/cwd`).catch(() => ''),
    ])
    if (!folders.some((folder) => seen.some((text) => text.includes(folder)))) continue
    const command = (await readFile(`/proc/${name}/comm`, 'utf8').catch(() => '')).trim()
    found.push(`process ${name}${command === '' ? '' : ` (${command})`}`)
  }
  return found
}
