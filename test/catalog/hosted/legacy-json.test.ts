import { describe, expect, it } from 'vitest'
import { legacyProject, legacyVersion } from '../../../src/catalog/hosted/legacy-json.ts'
import type { ProjectLinks } from '../../../src/catalog/hosted/project-page.ts'
import type { Visibility } from '../../../src/catalog/views/package-views.ts'
import { aFile, aPackage, aVersion, noon } from '../sample.ts'

const links: ProjectLinks = {
  fileUrl: (file) => `/files/${file.name}`,
  statusUrl: (version) => `https://slipway.example/rollouts/pypi:demo-lib@${version}`,
}

const view = (hidden: string[] = [], blocked: string[] = []): Visibility => ({
  hidden: new Set(hidden),
  blocked: new Set(blocked),
  changedAt: noon,
})

const manifest = {
  name: 'Demo_Lib',
  version: '1.1.0',
  summary: 'A demo',
  classifiers: ['A :: B', 'C :: D'],
  requires_dist: 'other>=1',
  keywords: ['a', 'b'],
  project_urls: ['Homepage, https://example.org/a,b', 'no comma'],
}

const digests = { sha256: 'ab', md5: 'cd', blake2b256: 'ef' }
const pkg = aPackage('pypi:demo-lib', [
  aVersion('1.0.0'),
  aVersion('1.1.0', { manifest, files: [aFile('demo_lib-1.1.0.tar.gz', digests)] }),
])

const project = (visibility: Visibility) => JSON.parse(legacyProject(pkg, visibility, links)?.body ?? 'null')
const version = (asked: string, visibility: Visibility) =>
  JSON.parse(legacyVersion(pkg, asked, visibility, links)?.body ?? 'null')

describe('the legacy JSON API', () => {
  it('describes the newest version that the view shows', () => {
    const { releases, ...document } = project(view())
    expect(document).toMatchInlineSnapshot(`
      {
        "info": {
          "author": null,
          "author_email": null,
          "classifiers": [
            "A :: B",
            "C :: D",
          ],
          "description": null,
          "description_content_type": null,
          "home_page": null,
          "keywords": "a, b",
          "license": null,
          "license_expression": null,
          "license_files": [],
          "maintainer": null,
          "maintainer_email": null,
          "name": "Demo_Lib",
          "project_urls": {
            "Homepage": "https://example.org/a,b",
          },
          "provides_extra": [],
          "requires_dist": [
            "other>=1",
          ],
          "requires_python": null,
          "summary": "A demo",
          "version": "1.1.0",
          "yanked": false,
          "yanked_reason": null,
        },
        "last_serial": 7,
        "urls": [
          {
            "digests": {
              "blake2b_256": "ef",
              "md5": "cd",
              "sha256": "ab",
            },
            "filename": "demo_lib-1.1.0.tar.gz",
            "md5_digest": "cd",
            "packagetype": "sdist",
            "requires_python": null,
            "size": 1234,
            "upload_time": "2026-11-20T14:00:05",
            "upload_time_iso_8601": "2026-11-20T14:00:05.250Z",
            "url": "/files/demo_lib-1.1.0.tar.gz",
            "yanked": false,
            "yanked_reason": null,
          },
        ],
        "vulnerabilities": [],
      }
    `)
    expect(Object.keys(releases)).toEqual(['1.0.0', '1.1.0'])
  })

  it('of a view that hides the newest describes the one before, and shows the newest as yanked', () => {
    const document = project(view(['1.1.0']))
    expect(document.info).toMatchObject({
      name: 'demo-lib',
      version: '1.0.0',
      yanked: false,
      yanked_reason: null,
    })
    expect(document.urls[0].filename).toBe('demo_lib-1.0.0-py3-none-any.whl')
    expect(document.releases['1.1.0'][0]).toMatchObject({
      yanked: true,
      yanked_reason:
        'Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/pypi:demo-lib@1.1.0',
    })
    expect(document.releases['1.0.0'][0].yanked).toBe(false)
  })

  it('answers for one version at any percent', () => {
    expect(version('1.1.0', view(['1.1.0'])).info).toMatchObject({ version: '1.1.0', yanked: true })
    expect(version('1.1.0', view()).info).toMatchObject({ version: '1.1.0', yanked: false })
    expect(version('1.1.0', view())).not.toHaveProperty('releases')
  })

  it('knows nothing of blocked, unknown or inherited names', () => {
    expect(version('1.1.0', view([], ['1.1.0']))).toBeNull()
    expect(version('9.9.9', view())).toBeNull()
    expect(version('constructor', view())).toBeNull()
    expect(project(view([], ['1.0.0', '1.1.0']))).toBeNull()
    expect(JSON.stringify(project(view([], ['1.1.0'])))).not.toContain('1.1.0')
  })
})
