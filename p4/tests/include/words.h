#ifndef WORDS_H_
# define WORDS_H_
/* how many 32-bit words a cached value has */
# define WORDS 8
# define SLOTS (1 << 6)
# define KV_PORT 16w8888
# define CAT_(a, b) a ## b
# define CAT(a,b) CAT_(a,b)
# define EACH_WORD(F) F(0) F(1) F(2) F(3) \
                      F(4) F(5) \
                      F(6) F(7)
# define BANK(i) CAT(value_, i)
# define DECLARE_BANK(i) register<bit<32>, slot_t>(SLOTS) BANK(i);
# define LOAD_WORD(i) hdr.value[i].setValid(); BANK(i).read(hdr.value[i].word, meta.slot);
# define STORE_WORD(i) BANK(i).write(meta.slot, hdr.value[i].word);
#else
# error "included twice"
#endif
