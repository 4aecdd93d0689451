import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant, Report } from './report.ts'

/**
 * Ids (`file:id`) of the mutants that TypeScript would not compile. Stryker's own checker does not know this
 * TypeScript, so they are tried here: one mutant of every file at a time, in a copy of the pure folders. Only errors in
 * the mutant's own file count, and unused names do not.
 */
export function refusedByTypes(root: string, report: Report): ReadonlySet<string> {
  const copy = mkdtempSync(join(tmpdir(), 'slipway-mutants-'))
  try {
    for (const folder of ['versions', 'cohort', 'gates', 'rollout']) {
      cpSync(join(root, 'src', folder), join(copy, 'src', folder), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    cpSync(join(root, 'package.json'), join(copy, 'package.json'))
    const options = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions
    const compilerOptions = { ...options, noUnusedLocals: false, noUnusedParameters: false }
    const config = { compilerOptions, include: ['src'] }
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config))
    return inRounds(copy, report)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function inRounds(copy: string, { files }: Report): ReadonlySet<string> {
  const refused = new Set<string>()
  const most = Math.max(...Object.values(files).map(({ mutants }) => mutants.length))
  for (let round = 0; round < most; round += 1) {
    const tried = new Map<string, Mutant>()
    for (const [file, { source, mutants }] of Object.entries(files)) {
      const mutant = mutants[round]
      // What is past a file's last mutant is put back once.
      if (mutant === undefined && round > mutants.length) continue
      writeFileSync(join(copy, file), mutant === undefined ? source : mutated(source, mutant))
      if (mutant !== undefined) tried.set(file, mutant)
    }
    for (const file of filesWithErrors(copy)) {
      const mutant = tried.get(file)
      if (mutant !== undefined) refused.add(`${file}:${mutant.id}`)
    }
  }
  return refused
}

/** The file as the mutant has it. Lines and columns count from 1. */
export function mutated(source: string, { location, replacement }: Mutant): string {
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  const offset = ({ line, column }: Mutant['location']['start']) => (starts[line - 1] ?? 0) + column - 1
  return source.slice(0, offset(location.start)) + (replacement ?? '') + source.slice(offset(location.end))
}

function filesWithErrors(copy: string): ReadonlySet<string> {
  const program = join(copy, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [program, '-p', copy, '--noEmit', '--pretty', 'false'], {
    cwd: copy,
    encoding: 'utf8',
  })
  const errors = stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)
  return new Set([...errors].map(([, file = '']) => file))
}
