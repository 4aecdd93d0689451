import { join } from 'node:path'
import { z } from 'zod'
import type { PackageRef } from '../choosing/version-rule.ts'
import type { EnvironmentFiles } from './environment-files.ts'

const contentsSchema = z.object({
  version: z.string(),
  extras: z.array(z.string()),
  /** What it was installed for: `cpython-311`, `node-115`, or `node` for what every Node can run. */
  interpreter: z.string(),
  /** Every distribution in it, by normal name: its version. Node packages have their own, so only themselves. */
  contents: z.record(z.string(), z.string()),
  /** Under which names Python imports each of them; below a namespace with dots: `google.protobuf`. */
  imports: z.record(z.string(), z.array(z.string())),
  /** Whether Python has to read `.pth` files in it. */
  hasPathFiles: z.boolean(),
  commands: z.array(z.string()),
  /** What ran the installer, for people: `Python 3.11.7`. */
  madeWith: z.string(),
})

const markerSchema = z.object({
  format: z.literal(2),
  ecosystem: z.enum(['pypi', 'npm']),
  name: z.string(),
  ...contentsSchema.shape,
})

/** What an installer left in a folder. */
export type InstalledContents = z.infer<typeof contentsSchema>

/** What an installed version says of itself, in its own folder. */
export type InstalledMarker = z.infer<typeof markerSchema>

const FILE = 'slipway-installed.json'

/** Written when an installer is through; without it a folder is half an installation. */
export async function writeMarker(
  files: EnvironmentFiles,
  folder: string,
  { ecosystem, name }: PackageRef,
  made: InstalledContents,
): Promise<void> {
  await files.write(
    join(folder, FILE),
    `${JSON.stringify({ format: 2, ecosystem, name, ...made }, null, 2)}\n`,
  )
}

/** Null for a folder that no `env install` made. */
export async function readMarker(files: EnvironmentFiles, folder: string): Promise<InstalledMarker | null> {
  const text = await files.read(join(folder, FILE))
  return text === null ? null : markerSchema.parse(JSON.parse(text))
}
