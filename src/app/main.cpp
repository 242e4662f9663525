#include <cstdio>

int main() {
  std::puts("blotter 0.1.0");
  return 0;
}
