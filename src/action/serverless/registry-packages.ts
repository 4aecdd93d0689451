import type { PackageStore } from '../../ports/package-store.ts'
import type { Registry } from '../../ports/registry.ts'
import type { PackageId } from '../../versions/release.ts'

/**
 * What the registries have, as the engine reads packages. Every version counts as released that has no rollout of
 * its own. Rejects when a registry does not answer: unsure must not start anything.
 */
export function registryPackages(registries: readonly Registry[]): PackageStore {
  return {
    async get(id: PackageId) {
      const registry = registries.find(({ ecosystem }) => id.startsWith(`${ecosystem}:`))
      if (registry === undefined) return null
      const answer = await registry.read(id)
      if (!answer.ok) throw new Error(answer.message)
      if (answer.record === null) return null
      const versions = Object.entries(answer.record.versions).map(
        ([version, record]) => [version, { ...record, released: true }] as const,
      )
      // `latest` follows the rollout here, so it says nothing of what its publisher wants.
      return { ...answer.record, versions: Object.fromEntries(versions), tags: {} }
    },
    put: async () => false,
    list: async () => [],
  }
}
