/** Folders whose modules nobody is meant to import from outside. */
const inner =
  /(^|\.)(_[^.]*|tests?|testing_?utils|_vendor|vendor(ed)?|vendored_packages|extern|conftest|docs?|examples?|benchmarks?|scripts|setup|__main__|test_[^.]*|[^.]*_tests?|[^.]*_pb2(_grpc)?)(\.|$)/

/** Whether a module is part of what a package offers. */
export const isPublicModule = (module: string): boolean => !inner.test(module)

/** Whether a module is one that tests, vendored copies or tools use. */
export const isInnerModule = (module: string): boolean =>
  /(^|\.)(tests?|_vendor|vendor(ed)?|extern|docs?|examples?|benchmarks?|conftest)(\.|$)/.test(module)

/** Whether a name is offered: no underscore in front. */
export const isPublicName = (name: string): boolean => !name.startsWith('_')
