import { describe, expect, it } from 'vitest'
import { machineKeyFault } from '../../src/cohort/machine-key.ts'

describe('the key of a machine', () => {
  it.each([
    ...['localhost', 'localhost.localdomain', 'LOCALHOST', 'raspberrypi', 'raspberrypi.local', 'ubuntu'],
    ...['debian', 'host1', '127.0.0.1', 'default', 'unknown', 'buildkitsandbox'],
  ])('is not %s, which many have', (key) => {
    expect(machineKeyFault(key)).toContain('many machines')
  })

  it.each([
    ...['3f9ac01b77de', '3f9ac01b77de.example.internal', 'web-5d8f7c9b6d-x2c4z', 'job-7xkq9w-bn8df'],
    ...['fv-az1432-871', 'runnervmg1sw1', `${'0a'.repeat(32)}`],
  ])('is not %s, which changes with each start', (key) => {
    expect(machineKeyFault(key)).toContain('changes')
  })

  it.each([
    ...['web-1.example.com', 'node.example.com', 'm-abcdefghij2345672345', 'asset-00417', 'db-primary'],
    ...['web-1', 'ip-10-0-3-7', 'vm-042', 'canary-eu-west-1', 'deadbeef', 'edge-frankfurt-3'],
  ])('may be %s', (key) => {
    expect(machineKeyFault(key)).toBeNull()
  })
})
