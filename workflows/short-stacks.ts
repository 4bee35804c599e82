/**
 * How many frames a workflow's errors keep. The SDK writes down a stack for every promise of a workflow, and looks up each
 * frame in the bundle's source map: with V8's 10 frames that is much of what it takes to schedule a hundred activities.
 * Has to run before the SDK freezes `Error`, so this module is preloaded.
 */
Error.stackTraceLimit = 4
