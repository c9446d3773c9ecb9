// What only the start needed is given back: code that ran once, and pieces of freed memory.
//
// The kernel keeps the files' pages in its cache and maps them again where they are needed; what counts as
// ours shrinks by half.
#pragma once

namespace omegate::app {

/// Costs milliseconds once; what is used again costs a page fault each 64 KiB, without I/O. Does nothing
/// where the kernel does not say what is mapped.
void give_back_startup_memory();

}  // namespace omegate::app
