import { describe, expect, it } from 'vitest'
import { type Ecosystem, familiesOf, openRecorded, type RecordedWorld } from './recorded-world.ts'

// Families as the registries have them: at every percent each key is shown all of the newer releases or none. What clients
// make of these documents, for 200 keys, is in `families.clients.test.ts`.

const count = Number(process.env.FAMILY_KEYS ?? 24)
const keys = Array.from({ length: count }, (_, number) => `team-key-${number}`)

const families = (['npm', 'pypi'] as const).flatMap((ecosystem) =>
  familiesOf(ecosystem).map((family) => [ecosystem, family] as const),
)

async function latest(
  { index }: RecordedWorld,
  ecosystem: Ecosystem,
  name: string,
  key: string,
): Promise<string> {
  if (ecosystem === 'npm') {
    const { json } = await index.get(`/as/${key}/npm/${name.replace('/', '%2f')}`)
    return String(Object(json['dist-tags']).latest)
  }
  const accept = 'application/vnd.pypi.simple.v1+json'
  const { json } = await index.get(`/as/${key}/pypi/simple/${name}/`, { accept })
  const files = (json.files as { filename: string; yanked: unknown }[]).filter(
    ({ yanked }) => yanked === false,
  )
  return files.at(-1)?.filename.split('-')[1] ?? ''
}

describe.each(families)('%s: %s', (ecosystem, family) => {
  it('is shown whole or not at all to every key at 5, 50 and 100 %', async () => {
    const world = await openRecorded(ecosystem, family)
    await world.release()
    const { names, before, after, index } = world
    expect(index.engine.all().flatMap(({ members }) => members).length).toBeGreaterThan(1)
    for (const percent of [5, 50, 100]) {
      await world.raise()
      expect(world.percents()).toEqual([percent])
      const groups = await world.groups(keys)
      expect(groups.flatMap((group) => group.keys)).toHaveLength(count)
      // At most as many views as there are answers to "in or out".
      expect(groups.length).toBeLessThanOrEqual(percent === 100 ? 1 : 2)
      for (const {
        keys: [key = ''],
        isNew,
      } of groups) {
        const shown = await Promise.all(names.map((name) => latest(world, ecosystem, name, key)))
        const isStaged = (name: string) => index.engine.rolloutsOf(`${ecosystem}:${name}`).length > 0
        // Pre-releases of other indexes are not staged: they are what is pinned, or not.
        const wanted = names.map((name) => (isNew || !isStaged(name) ? after[name] : before[name]))
        expect(shown).toEqual(wanted)
      }
    }
    expect(index.errors).toEqual([])
    await world.close()
  })
})
