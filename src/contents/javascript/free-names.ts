import { type AnyNode, isNode, pushChildren } from './syntax-nodes.ts'

/**
 * Names that a file calls and that nothing in it declares, in whatever scope: generous, so that what is left is
 * certain. Globals of Node, browsers, workers and test runners are left out, as is what `typeof` asks about.
 */
export function freeCalls(program: AnyNode, copyOf: (name: string) => string): ReadonlySet<string> {
  const declared = new Set<string>()
  const called = new Set<string>()
  const waiting: AnyNode[] = [program]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    declare(node, declared)
    if (
      (node.type === 'CallExpression' || node.type === 'NewExpression') &&
      isNode(node.callee) &&
      node.callee.type === 'Identifier'
    )
      called.add(String(node.callee.name))
    pushChildren(node, waiting)
  }
  return new Set([...called].filter((name) => !declared.has(name) && !globalNames.has(name)).map(copyOf))
}

function declare(node: AnyNode, declared: Set<string>): void {
  const add = (pattern: unknown) => {
    for (const name of namesIn(pattern)) declared.add(name)
  }
  switch (node.type) {
    case 'VariableDeclarator':
      add(node.id)
      break
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ClassDeclaration':
    case 'ClassExpression':
      add(node.id)
      for (const parameter of Array.isArray(node.params) ? node.params : []) add(parameter)
      break
    case 'CatchClause':
      add(node.param)
      break
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      add(node.local)
      break
    // An assignment to a bare name makes a global, and `typeof x` asks whether there is one.
    case 'AssignmentExpression':
      add(node.left)
      break
    case 'UnaryExpression':
      if (node.operator === 'typeof') add(node.argument)
      break
    case 'WithStatement':
      declared.add('with')
  }
}

function* namesIn(pattern: unknown): Generator<string> {
  if (!isNode(pattern)) return
  if (pattern.type === 'Identifier') yield String(pattern.name)
  else if (pattern.type === 'AssignmentPattern') yield* namesIn(pattern.left)
  else if (pattern.type === 'RestElement') yield* namesIn(pattern.argument)
  else if (pattern.type === 'ArrayPattern')
    for (const element of (pattern.elements as unknown[]) ?? []) yield* namesIn(element)
  else if (pattern.type === 'ObjectPattern')
    for (const property of (pattern.properties as AnyNode[]) ?? [])
      yield* namesIn(property.type === 'RestElement' ? property.argument : property.value)
}

const globalNames = new Set(
  `require module exports __dirname __filename define requirejs importScripts eval arguments super this
  Object Array String Number Boolean Symbol BigInt Function Date RegExp Math JSON Promise Proxy Reflect Map Set WeakMap WeakSet
  WeakRef FinalizationRegistry Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError
  SuppressedError DisposableStack AsyncDisposableStack Iterator AsyncIterator
  ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
  Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Atomics Intl WebAssembly Temporal
  parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape
  setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate queueMicrotask structuredClone reportError
  requestAnimationFrame cancelAnimationFrame requestIdleCallback cancelIdleCallback fetch alert confirm prompt open close
  atob btoa gc process Buffer global globalThis window self document navigator location history screen performance console
  URL URLSearchParams URLPattern TextEncoder TextDecoder TextEncoderStream TextDecoderStream AbortController AbortSignal Event
  EventTarget CustomEvent MessageChannel MessagePort MessageEvent BroadcastChannel Worker SharedWorker WebSocket EventSource
  XMLHttpRequest XDomainRequest ActiveXObject FormData Blob File FileReader FileList Headers Request Response ReadableStream
  WritableStream TransformStream CompressionStream DecompressionStream ByteLengthQueuingStrategy CountQueuingStrategy
  crypto Crypto CryptoKey SubtleCrypto DOMParser XMLSerializer DOMException Image Audio Option HTMLElement Element Node
  MutationObserver ResizeObserver IntersectionObserver PerformanceObserver CSSStyleSheet ShadowRoot getComputedStyle matchMedia
  addEventListener removeEventListener dispatchEvent postMessage getSelection scrollTo scrollBy Range Selection
  Notification ServiceWorker Cache caches indexedDB IDBKeyRange localStorage sessionStorage DOMRect DOMMatrix DOMPoint
  Path2D OffscreenCanvas ImageData ImageBitmap createImageBitmap MediaStream RTCPeerConnection AudioContext
  describe it test expect before after beforeEach afterEach beforeAll afterAll suite jest vi jasmine chai assert
  Deno Bun print load read quit java Java Packages WScript $ jQuery angular ko YUI goog dojo __webpack_require__
  __non_webpack_require__ __import_meta__ asm Module FS HEAP8 CollectGarbage PerformanceMark clients skipWaiting trustedTypes`
    .trim()
    .split(/\s+/),
)
