/**
 * Whether a folder goes with its container, by the text of `/proc/self/mountinfo`: it lies on the layer that each
 * start makes anew, not on a volume.
 */
export function goesWithContainer(mountinfo: string, folder: string): boolean {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [place, kind] = line.split(' - ')
    const point = place?.split(' ')[4]
    return point === undefined || kind === undefined ? [] : [{ point, type: kind.split(' ')[0] ?? '' }]
  })
  const holds = (point: string) => point === '/' || folder === point || folder.startsWith(`${point}/`)
  const [nearest] = mounts.filter(({ point }) => holds(point)).sort((a, b) => b.point.length - a.point.length)
  return nearest !== undefined && ['overlay', 'aufs', 'fuse-overlayfs'].includes(nearest.type)
}

/** Whether a key is made of the name of this container, which is another one after each start unless it is counted up (`web-0`). */
export function isNameOfContainer(key: string, hostname: string): boolean {
  const own = hostname.toLowerCase().split('.')[0] ?? ''
  return own !== '' && !/-\d+$/.test(own) && key.toLowerCase().includes(own)
}
