import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { interpolate, Unsupported } from './expressions.ts'
import type { Job } from './job.ts'
import type { StepOutcome } from './steps.ts'
import type { StepPlan } from './workflow.ts'

/** A zip file of uncompressed entries. */
export function zipOf(files: readonly { readonly name: string; readonly bytes: Buffer }[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes } of files) {
    const path = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x0800, 2)
    common.writeUInt32LE(0x00210000, 6)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(bytes.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(path.length, 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, path)
    const entry = [Buffer.from('PK\x03\x04', 'latin1'), common, path, bytes]
    parts.push(...entry)
    offset += entry.reduce((sum, part) => sum + part.length, 0)
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

/** `actions/upload-artifact` for one file, which is what a report is. */
export async function uploadArtifact(job: Job, step: StepPlan): Promise<StepOutcome> {
  const odd = Object.keys(step.with).find((name) => name !== 'name' && name !== 'path')
  if (odd !== undefined) throw new Unsupported(`actions/upload-artifact with ${odd}`)
  const scope = job.scope()
  const name = interpolate(step.with.name ?? 'artifact', scope)
  const path = resolve(job.workspace, interpolate(step.with.path ?? '', scope))
  const kind = await stat(path).catch(() => null)
  if (kind === null) {
    job.write(`##[error]no file at ${path}\n`)
    return { outcome: 'failure', outputs: {} }
  }
  if (!kind.isFile()) throw new Unsupported('actions/upload-artifact of a folder')
  job.order.keepArtifact(name, zipOf([{ name: basename(path), bytes: await readFile(path) }]))
  job.write(`artifact ${name} kept\n`)
  return { outcome: 'success', outputs: {} }
}
