import { describe, expect, it } from 'vitest'
import { metadataFields, readPythonMetadata } from '../../src/archives/python-metadata.ts'

const fieldsOf = (text: string) => metadataFields(readPythonMetadata(text))

describe('core metadata as form fields', () => {
  it('keeps order and repetition, and spells names as the form does', () => {
    const text = [
      'Metadata-Version: 2.4',
      'Name: Demo_Lib',
      'Version: 1.0',
      'Home-page: https://example.org/a:b',
      'Classifier: A :: B',
      'Classifier: C :: D',
      'Project-URL: Docs, https://example.org',
      'Requires-Dist: a; extra == "x"',
      'License-File: LICENSE',
      'X-Own: not part of the form',
      '',
    ].join('\r\n')
    expect(fieldsOf(text)).toEqual([
      ['metadata_version', '2.4'],
      ['name', 'Demo_Lib'],
      ['version', '1.0'],
      ['home_page', 'https://example.org/a:b'],
      ['classifiers', 'A :: B'],
      ['classifiers', 'C :: D'],
      ['project_urls', 'Docs, https://example.org'],
      ['requires_dist', 'a; extra == "x"'],
      ['license_file', 'LICENSE'],
    ])
  })

  it.each([
    ['the body', 'Name: a\n\nFirst line.\n\nName: not a header\n', 'First line.\n\nName: not a header\n'],
    [
      'a folded header',
      'Name: a\nDescription: First\n        second\n       |third\n',
      'First\nsecond\nthird',
    ],
  ])('takes the description from %s', (_, text, description) =>
    expect(fieldsOf(text)).toEqual([
      ['name', 'a'],
      ['description', description],
    ]),
  )

  it('joins folded headers', () =>
    expect(fieldsOf('Name: a\nLicense: one\n  two\n')).toEqual([
      ['name', 'a'],
      ['license', 'one\ntwo'],
    ]))
})
