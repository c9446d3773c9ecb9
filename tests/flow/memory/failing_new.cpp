// Takes memory away: the n-th allocation of the program fails, once. n is OMEGATE_FAIL_NEW; without it none does.
//
// Linked into a program of its own (flow/sabotage.cmake).
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

long asked_for() {
  const char* const number = std::getenv("OMEGATE_FAIL_NEW");
  return number ? std::atol(number) : 0;
}

std::atomic<long> made{0};

void* allocate(std::size_t size, std::size_t alignment) {
  static const long fails = asked_for();
  if (++made == fails) {
    if (const std::new_handler handler = std::get_new_handler()) handler();  // as the real one does
    return nullptr;
  }
  return alignment == 0 ? std::malloc(size) : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* must_allocate(std::size_t size, std::size_t alignment = 0) {
  void* const memory = allocate(size == 0 ? 1 : size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return must_allocate(size); }
void* operator new[](std::size_t size) { return must_allocate(size); }
void* operator new(std::size_t size, std::align_val_t at) { return must_allocate(size, static_cast<std::size_t>(at)); }
void* operator new[](std::size_t size, std::align_val_t at) { return must_allocate(size, static_cast<std::size_t>(at)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size == 0 ? 1 : size, 0); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size == 0 ? 1 : size, 0); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
