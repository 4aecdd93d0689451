import { mkdir, writeFile } from 'node:fs/promises'
import { join, matchesGlob, resolve } from 'node:path'
import { unzipSync } from 'fflate'
import { interpolate, Unsupported } from './expressions.ts'
import type { Job } from './job.ts'
import type { StepOutcome } from './steps.ts'
import type { StepPlan } from './workflow.ts'

/** `actions/download-artifact` by a pattern: each artifact of the run into a folder of its own name. */
export async function downloadArtifact(job: Job, step: StepPlan): Promise<StepOutcome> {
  const odd = Object.keys(step.with).find((name) => name !== 'pattern' && name !== 'path')
  if (odd !== undefined) throw new Unsupported(`actions/download-artifact with ${odd}`)
  const scope = job.scope()
  const pattern = interpolate(step.with.pattern ?? '*', scope)
  const folder = resolve(job.workspace, interpolate(step.with.path ?? '', scope))
  for (const { name, zip } of job.order.artifacts().filter((one) => matchesGlob(one.name, pattern))) {
    await mkdir(join(folder, name), { recursive: true })
    for (const [path, bytes] of Object.entries(unzipSync(new Uint8Array(zip))))
      await writeFile(join(folder, name, path), bytes)
    job.write(`artifact ${name} fetched\n`)
  }
  return { outcome: 'success', outputs: {} }
}
