import { describe, expect, it } from 'vitest'
import { projectPage, simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import type { SealedFile } from '../../../src/rollout/history/event.ts'
import { aFile, aPackage, aRollout, aVersion } from '../sample.ts'

const release = 'pypi:demo-lib@1.1.0'
const wheel = aFile('demo_lib-1.1.0-py3-none-any.whl')
const late = aFile('demo_lib-1.1.0-py2-none-any.whl')
const listed = (file: { readonly name: string; readonly sha256: string }): SealedFile => ({
  release,
  name: file.name,
  sha256: file.sha256,
})

/** Names of the files of 1.1.0 that the candidate channel shows. */
function shownWith(sealedFiles: readonly SealedFile[] | null): readonly string[] {
  const pkg = aPackage('pypi:demo-lib', ['1.0.0', aVersion('1.1.0', { files: [wheel, late] })])
  const rollout = aRollout(release, 'pypi:demo-lib@1.0.0', { sealedFiles })
  const views = packageViews(pkg, exposuresOf(pkg.id, [rollout]))
  const visibility = visibilityOf(
    views,
    viewDelta(views, { kind: 'candidate' }, () => 0),
  )
  const links = { fileUrl: ({ name }: { name: string }) => name, statusUrl: () => 'status' }
  const page = JSON.parse(projectPage(views.pkg, visibility, links, simpleTypes.json).body)
  const names: string[] = page.files.map((file: { filename: string }) => file.filename)
  return names.filter((name) => name.includes('1.1.0'))
}

describe('files of a version', () => {
  it('are all offered until the list is sealed, then those on it', () => {
    expect(shownWith(null)).toEqual([late.name, wheel.name])
    expect(shownWith([listed(wheel)])).toEqual([wheel.name])
  })

  it('are not offered under a listed name with other bytes', () => {
    expect(shownWith([listed(wheel), { ...listed(late), sha256: 'f'.repeat(64) }])).toEqual([wheel.name])
  })

  it('never vanish altogether: exact pins keep resolving', () => {
    expect(shownWith([])).toEqual([late.name, wheel.name])
  })
})
