/** The provenance that is served, read by the library that clients verify it with. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonClients } from '../../clients/pip-clients.ts'
import { hasResolvers } from '../../clients/resolver-clients.ts'
import { postForm } from '../pypi-form.ts'
import { startIndex, type TestIndex } from '../running-server.ts'

if (!hasResolvers) console.log('left out: scripts/install-tools.sh python-clients was not run')

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  await index.close()
})

const fixture = (name: string) => readFile(new URL(`../../fixtures/attestations/${name}`, import.meta.url))

const READ = `
import json, sys
from pypi_attestations import Provenance
provenance = Provenance.model_validate_json(sys.argv[1])
print(json.dumps([[bundle.publisher.kind, len(bundle.attestations)] for bundle in provenance.attestation_bundles]))
`

describe.runIf(hasResolvers)('pypi-attestations', () => {
  it.each([
    ['GitHub', 'pypi-attestations', '0.0.19', 'pypi_attestations-0.0.19.tar.gz'],
    ['GitLab', 'gitlab-oidc-project', '0.0.3', 'gitlab_oidc_project-0.0.3.tar.gz'],
  ])('reads what was published from %s', async (kind, name, version, fileName) => {
    const attestation = JSON.parse((await fixture(`${fileName}.publish.attestation`)).toString('utf8'))
    const fields = { filetype: 'sdist', requires_python: null, attestations: JSON.stringify([attestation]) }
    const sent = await postForm(index, { name, version, fileName, bytes: await fixture(fileName), fields })
    expect(sent.status, sent.text).toBe(200)
    const served = await fetch(`${index.url}/integrity/${name}/${version}/${fileName}/provenance`)
    const { stdout } = await promisify(execFile)(`${pythonClients}/python`, ['-c', READ, await served.text()])
    expect(JSON.parse(stdout)).toEqual([[kind, 1]])
  })
})
