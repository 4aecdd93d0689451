import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productPage } from '../product-page.js'

test('old links keep working', () => {
  const page = productPage({ title: 'Crème brûlée for two', cents: 1250 })
  assert.deepEqual(page, { path: '/products/creme-brulee-for-two', label: 'Crème brûlée for two, 12.50' })
})
