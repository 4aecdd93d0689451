/** The disk of a process that is killed at a chosen step. */
import { join } from 'node:path'
import { diskFiles, type EnvironmentFiles } from '../../src/environments/root/environment-files.ts'
import { diskTrees, type TreeFiles } from '../../src/environments/root/tree-files.ts'

export class Killed extends Error {}

export interface DyingFiles {
  readonly files: EnvironmentFiles
  readonly trees: TreeFiles
  /** The steps so far, by name; the last one is where it died. */
  readonly steps: readonly string[]
}

/** Whether a process can die in the middle of such a step, with half of it done. */
export const hasMiddle = (step: string): boolean => step === 'write' || step === 'remove'

/**
 * Steps that change the disk are counted; the process dies at number `dieAt`, before the step or (half) in the
 * middle of it: a text half written, a folder half removed. After that nothing works any more.
 */
export function dyingFiles(dieAt: number, half: boolean): DyingFiles {
  const steps: string[] = []
  const at = async (name: string, whole: () => Promise<unknown>, part: () => Promise<unknown>) => {
    if (steps.length > dieAt) throw new Killed('it is dead')
    steps.push(name)
    if (steps.length <= dieAt) return whole()
    if (half) await part()
    throw new Killed(name)
  }
  const nothing = async () => {}
  const files: EnvironmentFiles = {
    ...diskFiles,
    makeFolder: async (path) => void (await at('makeFolder', () => diskFiles.makeFolder(path), nothing)),
    write: async (path, text) => {
      const part = () => diskFiles.write(path, text.slice(0, text.length / 2))
      await at('write', () => diskFiles.write(path, text), part)
    },
    symlink: async (target, path) =>
      void (await at('symlink', () => diskFiles.symlink(target, path), nothing)),
    link: async (path, name) => (await at('link', () => diskFiles.link(path, name), nothing)) === true,
    rename: async (path, to) => void (await at('rename', () => diskFiles.rename(path, to), nothing)),
    remove: async (path) => {
      const part = async () => {
        const [first] = await diskFiles.list(path)
        if (first !== undefined) await diskFiles.remove(join(path, first))
      }
      await at('remove', () => diskFiles.remove(path), part)
    },
    flush: async () => void (await at('flush', nothing, nothing)),
  }
  const trees: TreeFiles = {
    ...diskTrees,
    seal: async (path, isExecutable, modifiedAtMs) =>
      void (await at('seal', () => diskTrees.seal(path, isExecutable, modifiedAtMs), nothing)),
    linkOver: async (path, name) =>
      (await at('linkOver', () => diskTrees.linkOver(path, name), nothing)) === true,
  }
  return { files, trees, steps }
}
