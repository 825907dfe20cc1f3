/* hiredis' blocking context. As its documentation says, a context is not used again after an error:
 * the next call makes a new one. A call gives up by the read time-out. */
#include "kit.h"
#include <hiredis/hiredis.h>

static redisContext *context;
static char *host;
static int port;

static cJSON *hello(void) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "library", "hiredis");
    cJSON_AddStringToObject(line, "version", version);
    cJSON_AddStringToObject(line, "client", "blocking context");
    cJSON_AddStringToObject(line, "connections", "exclusive");
    return line;
}

static void connect_to(const char *to, int at) {
    free(host);
    host = strdup(to);
    port = at;
}

static void close_client(void) {
    if (context) redisFree(context);
    context = NULL;
}

/* A reply as the library returned it, without its type. */
static cJSON *shown(const redisReply *reply) {
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        return cJSON_CreateNull();
    case REDIS_REPLY_INTEGER:
        return cJSON_CreateNumber((double)reply->integer);
    case REDIS_REPLY_ARRAY: {
        cJSON *all = cJSON_CreateArray();
        for (size_t i = 0; i < reply->elements; i++)
            cJSON_AddItemToArray(all, shown(reply->element[i]));
        return all;
    }
    case REDIS_REPLY_ERROR: {
        cJSON *failed = cJSON_CreateObject();
        cJSON_AddStringToObject(failed, "error", reply->str);
        return failed;
    }
    default:
        return cJSON_CreateString(reply->str);
    }
}

/* Reads one reply, or says in `why` why there is none. */
static cJSON *receive(char *why, size_t size) {
    redisReply *reply = NULL;
    if (redisGetReply(context, (void **)&reply) != REDIS_OK) {
        snprintf(why, size, "%s", context->errstr);
        return NULL;
    }
    cJSON *value = shown(reply);
    if (reply->type == REDIS_REPLY_ERROR) snprintf(why, size, "%s", reply->str);
    freeReplyObject(reply);
    return value;
}

static cJSON *perform(const cJSON *request, char *why, size_t size) {
    if (!context) context = redisConnect(host, port);
    int ms = timeout_of(request) < 0 ? 3600000 : timeout_of(request), count;
    redisSetTimeout(context, (struct timeval){ms / 1000, ms % 1000 * 1000});
    const char *words[64];
    cJSON *value = NULL;
    if (strcmp(text_of(request, "op"), "pipeline") != 0) {
        count = words_of(request, words, 64);
        redisAppendCommandArgv(context, count, words, NULL);
        value = receive(why, size);
    } else {
        const cJSON *command, *word, *commands = cJSON_GetObjectItem(request, "commands");
        cJSON_ArrayForEach(command, commands) {
            count = 0;
            cJSON_ArrayForEach(word, command) words[count++] = cJSON_GetStringValue(word);
            redisAppendCommandArgv(context, count, words, NULL);
        }
        value = cJSON_CreateArray();
        for (int i = 0; i < cJSON_GetArraySize(commands) && !context->err; i++) {
            char failed[512] = "";
            cJSON *reply = receive(failed, sizeof failed);
            if (reply) cJSON_AddItemToArray(value, reply);
            else snprintf(why, size, "%s", failed);
        }
    }
    if (context->err) close_client();
    return value;
}
