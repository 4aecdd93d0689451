import { type OverlaidProject, overlaidProject } from '../../catalog/overlaid/overlaid-project.ts'
import type { PackageRecord } from '../../catalog/package-record.ts'
import type { Promotion, Registry, RegistryAnswer, Wanted } from '../../ports/registry.ts'
import { sayProblem } from '../../versions/problem.ts'
import type { PackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { fetchDocument, type RegistryAccess } from '../fetch-document.ts'

const accept = 'application/vnd.pypi.simple.v1+json'
const leak =
  'PyPI has no tags: whoever asks PyPI itself without a pin gets the newest final from its first byte.'

/** PyPI, or an index with its JSON simple API. It has no way to yank by program, so that is always a person's step. */
export function createPypiRegistry(access: RegistryAccess): Registry {
  return {
    ecosystem: 'pypi',
    read: (id) => read(access, id),
    async promote(wanted) {
      const answer = await read(access, wanted.package)
      if (!answer.ok) return { kind: 'failed', sentence: answer.message }
      return wanted.shows === 'candidate' ? shown(wanted, answer.record) : hidden(wanted, answer.record)
    },
  }
}

async function read(access: RegistryAccess, id: PackageId): Promise<RegistryAnswer> {
  const project = await readProject(access, id)
  return project.ok ? { ok: true, record: project.project?.record ?? null } : project
}

/** The project's page, cut into what views of it are made from; null: PyPI has none. */
export async function readProject(
  access: RegistryAccess,
  id: PackageId,
): Promise<
  | { readonly ok: true; readonly project: OverlaidProject | null }
  | { readonly ok: false; readonly message: string }
> {
  const url = `${access.url}/${nameOf(id)}/`
  const fetched = await fetchDocument({ url, accept, token: null })
  if (fetched.kind === 'missing') return { ok: true, project: null }
  if (fetched.kind === 'failed') return { ok: false, message: `PyPI did not answer (${fetched.message})` }
  let document: unknown = null
  try {
    document = JSON.parse(fetched.text)
  } catch {
    return { ok: false, message: `PyPI answered ${fetched.type}, expected ${accept}` }
  }
  const reading = { timeOf, normalize: schemeOf('pypi').normalize }
  const project = overlaidProject(id, document, fetched.url, reading)
  if (!project.ok) return { ok: false, message: `PyPI answered oddly: ${sayProblem(project.problem)}` }
  return { ok: true, project: project.value }
}

function shown({ package: id, candidate }: Wanted, record: PackageRecord | null): Promotion {
  const there = record?.versions[candidate]
  if (there === undefined) {
    const sentence = `PyPI has no ${nameOf(id)} ${candidate} yet.`
    return { kind: 'checklist', sentence, steps: [`upload the files of ${candidate}`], leaks: [] }
  }
  if (there.withdrawn === null) {
    return {
      kind: 'confirmed',
      sentence: `PyPI confirms: ${nameOf(id)} ${candidate} is there and not yanked.`,
      leaks: [],
    }
  }
  const sentence = `${nameOf(id)} ${candidate} is yanked on PyPI; nobody without a pin gets it.`
  return { kind: 'checklist', sentence, steps: [`un-yank it at ${manageUrl(id, candidate)}`], leaks: [] }
}

function hidden({ package: id, candidate }: Wanted, record: PackageRecord | null): Promotion {
  const there = record?.versions[candidate]
  if (there === undefined || there.withdrawn !== null) {
    const how = there === undefined ? 'not there' : 'yanked'
    return { kind: 'confirmed', sentence: `PyPI confirms: ${nameOf(id)} ${candidate} is ${how}.`, leaks: [] }
  }
  const sentence = `PyPI still gives ${nameOf(id)} ${candidate} to everybody who does not pin.`
  return { kind: 'checklist', sentence, steps: [`yank it at ${manageUrl(id, candidate)}`], leaks: [leak] }
}

const nameOf = (id: PackageId) => id.slice('pypi:'.length)
const manageUrl = (id: PackageId, version: string) =>
  `https://pypi.org/manage/project/${nameOf(id)}/release/${version}/`

function timeOf(text: string): number | null {
  const at = Date.parse(text)
  return Number.isFinite(at) ? at : null
}
