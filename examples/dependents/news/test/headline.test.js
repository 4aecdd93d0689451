import assert from 'node:assert/strict'
import { test } from 'node:test'
import { articlePath } from '../headline.js'

test('articles are filed by day and headline', () => {
  assert.equal(articlePath('2026-11-20', 'Ferry, on time: again'), '/2026-11-20/ferry-on-time-again')
})
