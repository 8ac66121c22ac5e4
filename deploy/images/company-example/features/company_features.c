/* A team's feature library behind a C interface: hashes raw ids into the rows of an embedding table. */
#include <stdint.h>

/* FNV-1a over the bytes of a name, folded into 0..rows-1; 0 for a table without rows. */
uint32_t company_row_of(const char *name, uint32_t rows) {
  uint32_t hash = 2166136261u;
  for (; *name; ++name) hash = (hash ^ (uint8_t)*name) * 16777619u;
  return rows ? hash % rows : 0;
}
