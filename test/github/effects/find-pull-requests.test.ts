import { expect, it } from 'vitest'
import { likelyTags } from '../../../src/github/effects/find-pull-requests.ts'

it.each([
  ['npm:demo@1.0.0', null, ['v1.0.0', '1.0.0', 'demo@1.0.0']],
  [
    'npm:demo@1.0.0',
    { tag: 'demo-1.1.0', release: 'npm:demo@1.1.0' },
    ['demo-1.0.0', 'v1.0.0', '1.0.0', 'demo@1.0.0'],
  ],
  ['npm:demo@1.0.0', { tag: 'autumn', release: 'npm:demo@1.1.0' }, ['v1.0.0', '1.0.0', 'demo@1.0.0']],
  [
    'npm:@acme/lib@1.0.0',
    { tag: 'v1.1.0', release: 'npm:@acme/lib@1.1.0' },
    ['v1.0.0', '1.0.0', '@acme/lib@1.0.0'],
  ],
])('tags of %s like %j', (release, like, tags) => expect(likelyTags(release, like)).toEqual(tags))
