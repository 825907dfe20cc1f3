/* What adapters in C have in common: lines and errors (docs/adapter-protocol.md). An adapter
 * includes this file, and defines hello, connect_to, perform and close_client. adapters/front.py
 * starts it and answers the barriers. cJSON reads and writes the lines. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(cJSON *line) {
    char *text = cJSON_PrintUnformatted(line);
    printf("%s\n", text);
    fflush(stdout);
    free(text);
    cJSON_Delete(line);
}

static const char *text_of(const cJSON *request, const char *name) {
    return cJSON_GetStringValue(cJSON_GetObjectItem(request, name));
}

/* The time-out of this call in milliseconds, or -1. */
static int timeout_of(const cJSON *request) {
    const cJSON *timeout = cJSON_GetObjectItem(request, "timeout_ms");
    return timeout ? timeout->valueint : -1;
}

/* The words of a call, the name of the command first. Returns how many there are. */
static int words_of(const cJSON *request, const char **words, int most) {
    static const char *const fields[] = {"op", "key", "value"};
    int count = 0;
    for (int i = 0; i < 3; i++)
        if (text_of(request, fields[i])) words[count++] = text_of(request, fields[i]);
    const cJSON *key;
    cJSON_ArrayForEach(key, cJSON_GetObjectItem(request, "keys"))
        if (count < most) words[count++] = cJSON_GetStringValue(key);
    return count;
}

/* The adapter's parts. `perform` returns the value, or NULL and an error in `why`. */
static cJSON *hello(void);
static void connect_to(const char *host, int port);
static cJSON *perform(const cJSON *request, char *why, size_t size);
static void close_client(void);

int main(void) {
    cJSON *first = hello();
    cJSON_AddNumberToObject(first, "crosswire", 1);
    cJSON_AddStringToObject(first, "calls", "one");
    cJSON_AddStringToObject(first, "cancel", "by-timeout");
    say(first);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        cJSON *request = cJSON_Parse(line), *answer = cJSON_CreateObject();
        const char *op = text_of(request, "op");
        char why[512] = "";
        cJSON *value = NULL;
        if (strcmp(op, "connect") == 0)
            connect_to(text_of(request, "host"), cJSON_GetObjectItem(request, "port")->valueint);
        else if (strcmp(op, "close") == 0)
            close_client();
        else
            value = perform(request, why, sizeof why);
        cJSON_AddNumberToObject(answer, "id", cJSON_GetObjectItem(request, "id")->valueint);
        if (why[0])
            cJSON_AddStringToObject(answer, "error", why);
        else
            cJSON_AddItemToObject(answer, "value", value ? value : cJSON_CreateTrue());
        say(answer);
        cJSON_Delete(request);
    }
    return 0;
}
