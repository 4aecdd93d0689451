import { describe, expect, it } from 'vitest'
import { goesWithContainer, isNameOfContainer } from '../../../src/environments/following/container.ts'

describe('a machine in a container', () => {
  it.each([
    ['m-abcdefghij2345672345', 'web-6d4cf56db6-x2x7k', false],
    ['web-6d4cf56db6-x2x7k', 'web-6d4cf56db6-x2x7k', true],
    ['shop~WEB-X2X7K', 'web-x2x7k.shop.example', true],
    // A set that counts its members keeps their names.
    ['web-0', 'web-0', false],
    ['web-1', '', false],
  ])('is not called %s in the container %s: %s', (key, hostname, is) => {
    expect(isNameOfContainer(key, hostname)).toBe(is)
  })

  const MOUNTS = [
    '22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/l',
    '30 22 8:1 /vol /srv/env rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '31 22 0:21 / /proc rw - proc proc rw',
  ].join('\n')
  it.each([
    ['/srv/env', false],
    ['/srv/env/deep', false],
    ['/srv/environment', true],
    ['/root/.local/share/slipway-env', true],
  ])('keeps what lies on a volume; %s goes with it: %s', (folder, goes) => {
    expect(goesWithContainer(MOUNTS, folder)).toBe(goes)
    expect(goesWithContainer(MOUNTS.replace('overlay overlay', 'ext4 /dev/sda2'), folder)).toBe(false)
    expect(goesWithContainer('', folder)).toBe(false)
  })
})
