/** Distributions whose modules have names that nobody would guess from theirs. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  attrs: ['attr', 'attrs'],
  beautifulsoup4: ['bs4'],
  'opencv-python': ['cv2'],
  'opencv-python-headless': ['cv2'],
  pillow: ['PIL'],
  pyyaml: ['yaml', '_yaml'],
  'scikit-learn': ['sklearn'],
  'scikit-image': ['skimage'],
  setuptools: ['setuptools', 'pkg_resources', '_distutils_hack'],
  protobuf: ['google'],
  'python-dateutil': ['dateutil'],
  'python-magic': ['magic'],
  pywin32: [
    'win32api',
    'win32con',
    'win32com',
    'pywintypes',
    'pythoncom',
    'win32file',
    'win32event',
    'win32security',
    'win32pipe',
  ],
  'pyobjc-core': ['objc', 'Foundation', 'AppKit'],
  'ruamel-yaml': ['ruamel'],
  mysqlclient: ['MySQLdb'],
  'psycopg2-binary': ['psycopg2'],
  pymupdf: ['fitz'],
  gitpython: ['git'],
  'jaraco-classes': ['jaraco'],
  pycryptodome: ['Crypto'],
  pycryptodomex: ['Cryptodome'],
  serial: ['serial'],
  pyserial: ['serial'],
  'zope-interface': ['zope'],
  'async-timeout': ['async_timeout'],
  faiss: ['faiss'],
  pynacl: ['nacl'],
  pyjwt: ['jwt'],
  markdown: ['markdown'],
  docutils: ['docutils'],
  'more-itertools': ['more_itertools'],
  ipython: ['IPython'],
  'backports-zoneinfo': ['backports'],
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, '')

/**
 * Whether a distribution may well be what a module comes from. Generous: modules are named after their
 * distribution, or one is part of the other, and what is unlike either is in a table.
 */
export function offersModule(distribution: string, module: string): boolean {
  const top = module.split('.')[0] ?? module
  if (otherNames[distribution]?.includes(top)) return true
  const [left, right] = [plain(distribution), plain(top)]
  if (left === right) return true
  if (right.length < 3) return left.includes(right)
  return (
    left.includes(right) ||
    right.includes(left) ||
    distribution.split('-').some((part) => part.length > 3 && right.includes(plain(part)))
  )
}
