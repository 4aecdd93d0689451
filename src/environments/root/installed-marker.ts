import { join } from 'node:path'
import { z } from 'zod'
import type { PackageRef } from '../choosing/version-rule.ts'
import type { InstalledContents } from '../installing/installer.ts'
import type { EnvironmentFiles } from './environment-files.ts'

const markerSchema = z.object({
  format: z.literal(1),
  ecosystem: z.enum(['pypi', 'npm']),
  name: z.string(),
  version: z.string(),
  contents: z.record(z.string(), z.string()),
  imports: z.array(z.string()),
  commands: z.array(z.string()),
  madeWith: z.string(),
})

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
    `${JSON.stringify({ format: 1, ecosystem, name, ...made }, null, 2)}\n`,
  )
}

/** Null for a folder that no `env install` made. */
export async function readMarker(files: EnvironmentFiles, folder: string): Promise<InstalledMarker | null> {
  const text = await files.read(join(folder, FILE))
  return text === null ? null : markerSchema.parse(JSON.parse(text))
}
