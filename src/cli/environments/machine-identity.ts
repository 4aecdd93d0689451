import { randomBytes } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { base32 } from '../../cohort/base32.ts'
import { goesWithContainer, isNameOfContainer } from '../../environments/following/container.ts'
import { keyOfMachine } from '../../environments/following/machine-key.ts'
import type { RootParts } from '../../environments/root/change-root.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { unwrap } from './env-options.ts'

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** 100 random bits, in letters that are a key everywhere. */
const drawKey = () => `m-${base32(randomBytes(13)).slice(0, 20)}`

/** Who this machine is in rollouts: the key it was given, else the one that is made once and kept in its root. */
export async function identityOf(
  given: string | null,
  { files, root }: RootParts,
  context: CliContext,
): Promise<string> {
  const { env } = context
  const marks = await Promise.all(['/.dockerenv', '/run/.containerenv'].map(isThere))
  const isContainer = marks.includes(true) || Boolean(env.KUBERNETES_SERVICE_HOST) || Boolean(env.container)
  if (given !== null && isContainer && isNameOfContainer(given, env.HOSTNAME || hostname())) {
    const expected = 'a name that stays, or no --key: then one is made and kept in the root'
    const message = `key: ${given} is made of the host name of this container, which changes with each start; expected ${expected}`
    throw new CommandStop(EXIT.refused, message)
  }
  let isNew = false
  const draw = () => {
    isNew = true
    return drawKey()
  }
  const key = unwrap(await keyOfMachine(files, root, given, draw))
  const mounts = isNew && isContainer ? await readFile('/proc/self/mountinfo', 'utf8').catch(() => '') : ''
  if (given === null && goesWithContainer(mounts, root))
    context.err(
      `${root} goes with this container, and with it the key: after each start this is another machine; put --root on a volume, or name a --key that stays\n`,
    )
  return key
}
