import { z } from 'zod'

/** How a choice is written into a variable. */
export const chosenSchema = z.object({
  ecosystem: z.enum(['pypi', 'npm']),
  name: z.string(),
  version: z.string().nullable(),
  folder: z.string(),
  /** Where its modules are. */
  modules: z.string(),
  contents: z.record(z.string(), z.string()),
  /** Who asked, as people recognise it: `--with demo-lib@1.2`. */
  asker: z.string(),
})

/** One version that a process was given; told to its children and to the import-time modules. */
export type ChosenVersion = z.infer<typeof chosenSchema>

/** The variable that carries the choices of the surrounding `env run`. */
export const CHOICES = 'SLIPWAY_ENV_WITH'
