// Places where a test kills the process. Compiled out of what users run.
//
// OMEGATE_FAILPOINT=name:N:kill sends SIGKILL to the process when it passes `name` for the N-th time,
// after a short pause of this thread.
#pragma once

namespace omegate::store {

#ifdef OMEGATE_TEST
void failpoint(const char* name);
#else
inline void failpoint(const char*) {}
#endif

}  // namespace omegate::store
